// Two at a time, for they also wait: for processes to start, for writers to stand still. Serial has those that must be alone.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
