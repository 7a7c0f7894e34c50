"""Run the kill test."""

from bench.kills.kills import main

if __name__ == "__main__":
    main()
