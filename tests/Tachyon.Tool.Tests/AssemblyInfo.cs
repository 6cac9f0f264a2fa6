// Mostly they wait for processes to start.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
