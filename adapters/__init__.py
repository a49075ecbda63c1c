"""The counterparts outside: doors in our words (`port.py`), rooms in theirs."""
