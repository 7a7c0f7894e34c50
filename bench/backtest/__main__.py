"""Run the backtest."""

from bench.backtest.backtest import main

if __name__ == "__main__":
    main()
