"""A seeded 72-hour world that writes every feed, and the backtest with its peers."""
