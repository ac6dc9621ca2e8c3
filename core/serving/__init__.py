"""How the house is served: what every request meets, logs, processes, probes."""
