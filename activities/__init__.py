"""Every touch of the world, one file per counterpart. Doors only: what is behind them is opened by the wiring."""
