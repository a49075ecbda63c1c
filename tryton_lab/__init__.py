"""A real Tryton for trying and testing, with its own programs, database and books; spoken to by JSON-RPC only.

Tryton is licensed under the GPL. It is installed in a virtual environment of its own and run as programs of its own;
nothing here imports it, and nothing of the product imports this package.
"""
