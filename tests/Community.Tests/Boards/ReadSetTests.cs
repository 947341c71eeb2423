using Community.Boards;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Tests.Boards;

/// <summary>Properties of the read set: it behaves like a plain set of numbers, but is small.</summary>
public sealed class ReadSetTests
{
    static readonly Arbitrary<int[]> numbers = ArbMap
        .Default.GeneratorFor<int>()
        .Select(n => 1 + (int)((uint)n % 300))
        .ArrayOf()
        .ToArbitrary();

    static (ReadSet Set, SortedSet<int> Model) Build(int[] adds)
    {
        var (set, model) = (new ReadSet(), new SortedSet<int>());
        foreach (var n in adds)
            if (n % 7 == 0)
            {
                set.Remove(n / 7);
                model.Remove(n / 7);
            }
            else
            {
                var to = n + n % 5;
                set.Add(n, to);
                model.UnionWith(Enumerable.Range(n, to - n + 1));
            }
        return (set, model);
    }

    [Fact]
    public void It_holds_what_was_added_and_nothing_else() =>
        Prop.ForAll(
                numbers,
                adds =>
                {
                    var (set, model) = Build(adds);
                    return set.Numbers.SequenceEqual(model)
                        && set.Count == model.Count
                        && Enumerable.Range(1, 320).All(n => set.Contains(n) == model.Contains(n))
                        && set.FirstMissing == Enumerable.Range(1, 400).First(n => !model.Contains(n));
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Written_and_read_again_it_is_the_same() =>
        Prop.ForAll(
                numbers,
                adds =>
                {
                    var (set, model) = Build(adds);
                    return ReadSet.From(set.Upto, set.ToBytes(set.Upto)).Numbers.SequenceEqual(model)
                        && ReadSet.From(0, set.ToBytes(0)).Numbers.SequenceEqual(model);
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Two_sets_add_up_in_either_order() => Prop.ForAll(numbers, numbers, (a, b) =>
    {
        var ((one, oneModel), (two, twoModel)) = (Build(a), Build(b));
        var (both, other) = (ReadSet.From(one.Upto, one.ToBytes(one.Upto)), ReadSet.From(two.Upto, two.ToBytes(two.Upto)));
        both.Add(two);
        other.Add(one);
        return both.Numbers.SequenceEqual(oneModel.Union(twoModel).Order()) && both.Numbers.SequenceEqual(other.Numbers);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void It_takes_at_most_a_bit_a_post_and_a_byte() => Prop.ForAll(numbers, adds =>
    {
        var (set, _) = Build(adds);
        var last = set.Numbers.LastOrDefault();
        return (set.ToBytes(0)?.Length ?? 0) <= 1 + (last + 7) / 8;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_topic_read_to_the_end_takes_no_bytes_and_every_second_post_a_bitmap()
    {
        var all = ReadSet.From(100_000, null);
        Assert.Null(all.ToBytes(all.Upto));
        var odd = new ReadSet();
        for (var n = 100_001; n > 1; n -= 2) odd.Add(n);
        Assert.InRange(odd.ToBytes(0)!.Length, 12_000, 12_502);
        Assert.Equal(50_000, odd.Count);
    }
}
