"""Whether the audit can be proved: chains, checkpoints, copies, retention."""
