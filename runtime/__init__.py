"""What turns code into running processes: settings, telemetry, the Temporal client, the embedded stack, wiring."""
