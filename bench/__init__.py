"""Benchmarks: Guanxi under load beside the floor, a bare view that runs the same SQL. `make bench` runs them."""
