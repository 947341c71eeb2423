[assembly: AssemblyFixture(typeof(TestHost))]
