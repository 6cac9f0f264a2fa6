// Each search takes a core and up to 0.6 GB: two side by side, those of the models and those of the variants.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
