// The explorer stands for the whole process: one execution at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
