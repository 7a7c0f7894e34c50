"""Run the benchmark."""

from bench.speed.bench import main

if __name__ == "__main__":
    main()
