// Two at a time: what they count is held by child processes. Serial has those that must be alone.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
