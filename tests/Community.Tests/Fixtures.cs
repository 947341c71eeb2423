// Most tests wait for the host more than they work.
[assembly: Xunit.v3.Parallelization(MaxThreads = 4)]
[assembly: AssemblyFixture(typeof(TestHost))]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]
