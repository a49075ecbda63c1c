"""Where people prove who they are: the door to an OpenID Connect issuer, and the one room behind it."""
