// Most tests wait for the host more than they work.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
[assembly: AssemblyFixture(typeof(TestHost))]
