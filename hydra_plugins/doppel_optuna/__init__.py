"""A thin Hydra sweeper over Optuna: `doppel train --multirun hydra/sweeper=optuna ...`."""
