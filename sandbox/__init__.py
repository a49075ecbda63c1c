"""The sandbox: the vendors' servers on loopback TLS, with books that survive a crash. It imports nothing of ours."""
