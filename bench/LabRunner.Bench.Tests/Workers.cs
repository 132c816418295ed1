// The fixtures that are marked so start programs of their own and wait for them most of the time.
[assembly: LevelOfParallelism(3)]
