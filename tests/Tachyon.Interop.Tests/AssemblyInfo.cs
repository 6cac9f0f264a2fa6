// Mostly they wait for other programs to start.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
