using Community.Boards;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Tests.Boards;

/// <summary>Properties of the sort path.</summary>
public sealed class TreePathTests
{
    sealed record Node(int Number, int Parent, string Path, int Depth);

    /// <summary>A topic whose post i + 2 replies to one of the posts before it.</summary>
    static List<Node> Tree(IEnumerable<int> choices)
    {
        var nodes = new List<Node> { new(1, 0, "", 0) };
        foreach (var choice in choices)
        {
            var parent = nodes[(int)((uint)choice % nodes.Count)];
            var (path, depth) = TreePath.Of(parent.Path, parent.Depth, parent.Number, nodes.Count + 1);
            nodes.Add(new(nodes.Count + 1, parent.Number, path, depth));
        }
        return nodes;
    }

    static IEnumerable<int> DepthFirst(List<Node> nodes, int at = 1) =>
        nodes.Where(n => n.Parent == at).SelectMany(n => DepthFirst(nodes, n.Number)).Prepend(at);

    [Fact]
    public void Sorted_by_path_is_depth_first_by_number() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), choices =>
        {
            var nodes = Tree(choices);
            return nodes.OrderBy(n => n.Path, StringComparer.Ordinal).Select(n => n.Number).SequenceEqual(DepthFirst(nodes));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Greater_differences_sort_later_and_no_code_begins_another()
    {
        var differences = Enumerable.Range(1, 30_000).Concat([99_999, 100_000, 1_000_000, 16_000_000]).ToList();
        var codes = differences.Select(TreePath.Code).ToList();
        for (var i = 1; i < codes.Count; i++)
        {
            Assert.True(
                string.CompareOrdinal(codes[i - 1], codes[i]) < 0,
                $"{differences[i - 1]} → {codes[i - 1]} before {differences[i]} → {codes[i]}"
            );
            // The codes are sorted, so if none is a prefix of the next, none is a prefix of any.
            Assert.False(codes[i].StartsWith(codes[i - 1], StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_longest_path_of_100000_posts_on_200_levels_is_under_520()
    {
        // The least difference that needs n characters on a level. The sum of differences is bounded by the post's number.
        (int Characters, int Least)[] kinds = [(1, 1), (2, 48), (3, 816), (5, 13_104)];
        foreach (var (characters, least) in kinds) Assert.Equal(characters, TreePath.Code(least).Length);
        var longest = 0;
        for (var fives = 0; fives * 13_104 < 100_000; fives++)
            for (var threes = 0; fives + threes <= 200; threes++)
                for (var twos = 0; fives + threes + twos <= 200; twos++)
                {
                    var ones = 200 - fives - threes - twos;
                    if (fives * 13_104 + threes * 816 + twos * 48 + ones < 100_000)
                        longest = Math.Max(longest, fives * 5 + threes * 3 + twos * 2 + ones);
                }
        Assert.InRange(longest, 400, 519);
        Assert.True(longest <= TreePath.MaxLength);
    }

    [Fact]
    public void Below_level_200_replies_stand_beside_each_other_in_the_order_of_their_numbers()
    {
        var nodes = Tree(Enumerable.Range(0, 400));
        Assert.Equal(TreePath.MaxLevels, nodes.Max(n => n.Depth));
        Assert.Equal(Enumerable.Range(1, 401), nodes.OrderBy(n => n.Path, StringComparer.Ordinal).Select(n => n.Number));
        Assert.Equal(401, nodes.Select(n => n.Path).Distinct().Count());
        // A reply to a post in the middle of that row also finds its place, although that post's own parent is a sibling.
        var middle = nodes[300];
        var (path, depth) = TreePath.Of(middle.Path, middle.Depth, middle.Number, 402);
        Assert.Equal(TreePath.MaxLevels, depth);
        Assert.True(nodes.All(n => string.CompareOrdinal(n.Path, path) < 0));
    }
}
