namespace Community.Boards;

/// <summary>
/// Which post of a file answers which, and in which order they are written: by date, parents before answers. In memory, some dozens of
/// octets a post. The idea of collecting what answers a message that is not there is J. Zawinski's (jwz.org/doc/threading.html).
/// </summary>
public sealed class Threads
{
    /// <summary>An answer without references belongs to a topic with its subject that is not older.</summary>
    static readonly TimeSpan sameSubject = TimeSpan.FromDays(90);

    /// <summary>A post as the check has left it.</summary>
    public readonly record struct Row(
        int Number, long Key, byte[]? Answers, long Thread, long Subject, bool IsReply, DateTime? At, long Author, bool IsNumbered = false);

    // Needed until the order is found; what is asked afterwards are the parents and the dates alone.
    IReadOnlyList<Row> rows;
    int[] root, level;
    DateTime[] order;
    readonly int[] parent;
    readonly DateTime[] shown;

    /// <summary>The rows in the order in which they are written; without those left out.</summary>
    public IReadOnlyList<int> Order { get; }
    /// <summary>Rows that are there twice, or in the board already.</summary>
    public IReadOnlyList<int> Known { get; }
    /// <summary>Rows that nothing gives a date, because no post of the file has one.</summary>
    public IReadOnlyList<int> Undated { get; }
    public int Topics { get; }

    /// <summary>The row that it answers; -1 if it opens a topic or answers a post that the board has already.</summary>
    public int ParentOf(int row) => parent[row];
    /// <summary>The post of the board that it answers; null if none.</summary>
    public long? BoardPostOf(int row) => outer.TryGetValue(row, out var post) ? post : null;
    public DateTime DateOf(int row) => shown[row];

    readonly Dictionary<int, long> outer = [];

    /// <param name="rows">In the order of the file.</param>
    /// <param name="present">Posts that the board has already, by the hash of their key.</param>
    public Threads(IReadOnlyList<Row> rows, IReadOnlyDictionary<long, long> present)
    {
        this.rows = rows;
        var count = rows.Count;
        (parent, root, level, shown, order) = (new int[count], new int[count], new int[count], new DateTime[count], new DateTime[count]);
        var left = new bool[count];
        (Known, Undated) = (FindKnown(present, left), FindDates(left));
        var byKey = new Dictionary<long, int>(count);
        for (var i = 0; i < count; i++)
            if (!left[i]) byKey.TryAdd(rows[i].Key, i);
        var dated = Enumerable.Range(0, count).Where(i => !left[i]).OrderBy(i => shown[i]).ThenBy(i => i).ToArray();
        FindParents(dated, byKey, present);
        Cut(dated);
        KeepOrder(left);
        Order = [.. dated.OrderBy(i => order[i]).ThenBy(i => level[i]).ThenBy(i => i)];
        Topics = Order.Count(i => parent[i] < 0 && !outer.ContainsKey(i));
        (this.rows, root, level, order) = ([], [], [], []);
    }

    List<int> FindKnown(IReadOnlyDictionary<long, long> present, bool[] left)
    {
        var (known, first) = (new List<int>(), new Dictionary<long, int>(rows.Count));
        for (var i = 0; i < rows.Count; i++)
            if (present.ContainsKey(rows[i].Key) || (!first.TryAdd(rows[i].Key, i) && IsSame(rows[first[rows[i].Key]], rows[i])))
            {
                left[i] = true;
                known.Add(i);
            }
        return known;
    }

    // Broken programs gave many mails the same Message-ID.
    static bool IsSame(Row a, Row b) => (a.Subject, a.At, a.Author, a.Thread) == (b.Subject, b.At, b.Author, b.Thread);

    List<int> FindDates(bool[] left)
    {
        DateTime? before = null;
        var waiting = new List<int>();
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].At is { } at)
            {
                before = at;
                foreach (var w in waiting) shown[w] = at;
                waiting.Clear();
            }
            if (before is { } date) shown[i] = rows[i].At ?? date;
            else waiting.Add(i);
        }
        waiting.RemoveAll(i => left[i]);
        foreach (var i in waiting) left[i] = true;
        return waiting;
    }

    void FindParents(int[] dated, Dictionary<long, int> byKey, IReadOnlyDictionary<long, long> present)
    {
        // The first that answers a message that is not there stands for it.
        var missing = new Dictionary<long, int>();
        var threads = new Dictionary<long, int>();
        var subjects = new Dictionary<long, int>();
        // A format with topics says which post opens one: whatever else is older was moved there.
        foreach (var i in dated)
            if (rows[i].Thread != 0 && rows[i].Thread == rows[i].Key) threads.TryAdd(rows[i].Thread, i);
        foreach (var i in dated)
        {
            var row = rows[i];
            parent[i] = -1;
            if (row.Thread != 0 && row.Thread == row.Key) continue;
            var last = 0L;
            foreach (var key in KeysOf(row))
            {
                last = key;
                if (byKey.TryGetValue(key, out var there) && there != i && rows[there].Thread == row.Thread) parent[i] = there;
                else if (present.TryGetValue(key, out var post)) outer[i] = post;
                else continue;
                break;
            }
            var found = parent[i] >= 0 || outer.ContainsKey(i);
            if (!found && row.Thread != 0)
            {
                if (present.TryGetValue(row.Thread, out var opened)) outer[i] = opened;
                else if (!threads.TryAdd(row.Thread, i)) parent[i] = threads[row.Thread];
                continue;
            }
            if (!found && last != 0 && !missing.TryAdd(last, i)) (parent[i], found) = (missing[last], true);
            if (!found && last == 0 && row.IsReply && row.Subject != 0
                && subjects.TryGetValue(row.Subject, out var opening) && shown[i] - shown[opening] <= sameSubject)
                (parent[i], found) = (opening, true);
            // A new topic takes the place of an older one with its subject; a reply only where there was none.
            if (row.Subject != 0 && !found && (!row.IsReply || !subjects.ContainsKey(row.Subject))) subjects[row.Subject] = i;
        }
    }

    static IEnumerable<long> KeysOf(Row row)
    {
        for (var at = 0; at + 8 <= (row.Answers?.Length ?? 0); at += 8) yield return BitConverter.ToInt64(row.Answers!, at);
    }

    /// <summary>
    /// In a topic whose posts all have numbers they come in the order of the file, unless some answer stands before what it answers.
    /// </summary>
    void KeepOrder(bool[] left)
    {
        var loose = new HashSet<long>();
        for (var i = 0; i < rows.Count; i++)
            if (!left[i] && (!rows[i].IsNumbered || parent[i] > i)) loose.Add(rows[i].Thread);
        var last = new Dictionary<long, DateTime>();
        for (var i = 0; i < rows.Count; i++)
            if (!left[i] && rows[i].Thread is not 0 and var thread && !loose.Contains(thread))
            {
                last[thread] = order[i] = last.TryGetValue(thread, out var before) && before > shown[i] ? before : shown[i];
                level[i] = 0;
            }
    }

    /// <summary>Breaks circles, and finds for each its place in the order.</summary>
    void Cut(int[] dated)
    {
        var state = new byte[rows.Count];
        var path = new Stack<int>();
        foreach (var start in dated)
        {
            for (var i = start; i >= 0 && state[i] == 0; i = parent[i])
            {
                state[i] = 1;
                path.Push(i);
                if (parent[i] >= 0 && state[parent[i]] == 1) parent[i] = -1;
            }
            while (path.TryPop(out var i))
            {
                state[i] = 2;
                var above = parent[i];
                root[i] = above < 0 ? i : root[above];
                level[i] = above < 0 ? 0 : level[above] + 1;
                order[i] = above < 0 || order[above] <= shown[i] ? shown[i] : order[above];
            }
        }
    }
}
