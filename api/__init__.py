"""The HTTP front: returns, webhooks, operations. Every answer that is an error is RFC 9457 problem+json."""
