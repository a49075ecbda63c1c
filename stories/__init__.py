"""The demo's stories: real returns told against a running stack through its front doors, each with its expected end."""
