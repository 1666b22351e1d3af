"""The executors that run batches: this process, processes of this machine, a Ray cluster, or Slurm through submitit."""
