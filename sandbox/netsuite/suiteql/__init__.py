"""SuiteQL: a reader and runner of the part of the language the sandbox speaks."""
