using System.Reflection;
using System.Text.RegularExpressions;
using Xunit.Sdk;
using Xunit.v3;

namespace Community.Tests.Harness;

/// <summary>
/// Begins with the classes that take longest, so that at the end of a run no long one is left alone while the other cores have nothing to
/// do. Which do is said by <c>[Trait("takes", "long")]</c>, and among the others by the number of their tests.
/// </summary>
public sealed partial class LongestFirst : ITestCollectionOrderer
{
    /// <summary>A test that takes long counts as so many others.</summary>
    const int Long = 100;

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(Weight).ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal)];

    static int Weight<TTestCollection>(TTestCollection collection) where TTestCollection : ITestCollection
    {
        if (collection.TestAssembly is not IXunitTestAssembly { Assembly: var assembly }) return 0;
        // A class has a collection of its own, unless it names one that it shares.
        var name = collection.TestCollectionDisplayName;
        return OfClass().Match(name) is { Success: true } match
            ? Weight(assembly.GetType(match.Groups[1].Value))
            : assembly.GetTypes().Where(t => t.GetCustomAttribute<CollectionAttribute>()?.Name == name).Sum(Weight);
    }

    static int Weight(Type? type)
    {
        if (type is null) return 0;
        var tests = type.GetMethods().Where(m => m.IsDefined(typeof(FactAttribute))).ToList();
        return IsLong(type) ? tests.Count * Long : tests.Sum(t => IsLong(t) ? Long : 1);
    }

    static bool IsLong(MemberInfo member) =>
        member.GetCustomAttributes<TraitAttribute>().Any(t => t is { Name: "takes", Value: "long" });

    [GeneratedRegex(@"^Test collection for (.+?) \(id:")]
    private static partial Regex OfClass();
}
