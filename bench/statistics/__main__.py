"""Run the simulations."""

from bench.statistics.statistics import main

if __name__ == "__main__":
    main()
