using System.Linq.Expressions;
using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>A clause that means nothing any more, and why: it matches nobody until a person decides.</summary>
/// <param name="Clause">The clause.</param>
/// <param name="Text">The key of the reason.</param>
public sealed record BrokenClause(Clause Clause, string Text);

/// <summary>
/// A selection of members: conditions of any modules, joined by and, or and not. Without conditions it selects everybody. If one
/// condition means nothing any more (its feature is off, its group was deleted), the whole selection is broken and selects nobody, since
/// leaving the condition out could let anybody in.
/// </summary>
public sealed record Chosen(ClauseGroup Root)
{
    public static readonly Chosen Everybody = new(new ClauseGroup(Combine.All, []));

    public bool IsEverybody => Root.Clauses.Count == 0;

    /// <summary>Members who fit all of these conditions.</summary>
    public static Chosen By(params IEnumerable<(string Key, JsonElement Values)> conditions) =>
        new(new ClauseGroup(Combine.All, [.. conditions.Select(c => new ConditionClause(c.Key, c.Values))]));

    /// <summary>All conditions, whatever group they are in.</summary>
    public IEnumerable<ConditionClause> Conditions => Root.Below().OfType<ConditionClause>();

    /// <summary>Who fits this and that condition.</summary>
    public Chosen And((string Key, JsonElement Values) condition)
    {
        var more = new ConditionClause(condition.Key, condition.Values);
        return IsEverybody ? By(condition)
            : Root.Match is Combine.All ? new(Root with { Clauses = [.. Root.Clauses, more] })
            : new(new ClauseGroup(Combine.All, [Root, more]));
    }

    /// <summary>JSON that a person can read; see <see cref="ClauseJson"/>.</summary>
    public string ToJson() => ClauseJson.Write(Root);

    /// <summary>Reads JSON of any version. What cannot be read is a broken selection.</summary>
    public static Chosen Parse(string json)
    {
        try { return new(ClauseJson.Read(json)); }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        { return By(("unreadable", JsonSerializer.SerializeToElement(json))); }
    }

    /// <summary>Members who match; nobody if it is broken. The query runs in the database, when it is read.</summary>
    public async Task<IQueryable<Member>> Apply(IQueryable<Member> members, SiteDb db, CancellationToken ct = default) =>
        IsEverybody ? members : members.Where(await new Selecting(db).Where(this, ct) ?? (m => false));

    /// <summary>How many members match; none if it is broken.</summary>
    public async Task<int> Count(SiteDb db, CancellationToken ct = default)
    {
        var selecting = new Selecting(db) { Counted = Root };
        if (await selecting.Where(this, ct) is not { } fits) return 0;
        return await (selecting.Ids?.CountAsync(ct) ?? db.Members.CountAsync(fits, ct));
    }

    /// <summary>
    /// What no longer means anything, such as a condition on a group that was deleted. Empty for a selection that can be used.
    /// </summary>
    public async Task<IReadOnlyList<BrokenClause>> Broken(SiteDb db, CancellationToken ct = default)
    {
        var selecting = new Selecting(db);
        await selecting.Where(this, ct);
        return selecting.Broken;
    }

    /// <summary>True if something it refers to no longer exists. It matches nobody until a person chooses again.</summary>
    public async Task<bool> RefersToDeleted(SiteDb db, CancellationToken ct = default) => (await Broken(db, ct)).Count > 0;

    /// <summary>
    /// Whether a reader may see what all of its conditions are about, those of its segments too: else who is selected would tell them.
    /// </summary>
    public async Task<bool> IsOpenTo(Reader reader, SiteDb db, CancellationToken ct = default)
    {
        var selecting = new Selecting(db);
        await selecting.Where(this, ct);
        return selecting.Permissions.All(reader.May);
    }

    /// <summary>The selection as a part of a sentence: "joined on May 1 or later and are in Circle"; null for everybody.</summary>
    public async Task<string?> Say(SiteDb db, IStringLocalizer texts) =>
        IsEverybody ? null : await Say(Root, (await MemberCondition.On(db)).ToDictionary(c => c.Key), db, texts, outermost: true);

    static async Task<string> Say(
        Clause clause,
        IReadOnlyDictionary<string, MemberCondition> known,
        SiteDb db,
        IStringLocalizer texts,
        bool outermost = false
    )
    {
        if (clause is ConditionClause one)
        {
            var said = known.TryGetValue(one.Key, out var condition)
                ? await condition.Say(one.Values, db, texts)
                : texts["conditions.unknown"].Value;
            return one.Not ? texts["conditions.not.said", said] : said;
        }
        var group = (ClauseGroup)clause;
        var parts = new List<string>();
        foreach (var inner in group.Clauses) parts.Add(await Say(inner, known, db, texts));
        var joined = string.Join(texts[group.Match is Combine.All ? "conditions.and" : "conditions.or.clauses"], parts);
        if (group.Match is Combine.None) return texts["conditions.none.said", joined];
        return outermost || parts.Count < 2 ? joined : texts["conditions.group.said", joined];
    }
}

/// <summary>Makes the query of a selection, and notes what is broken in it.</summary>
/// <param name="db">The one that the query runs in.</param>
public sealed class Selecting(SiteDb db)
{
    readonly List<BrokenClause> broken = [];
    readonly HashSet<string> within = [];
    readonly HashSet<string> permissions = [];

    public SiteDb Db => db;
    public IReadOnlyList<BrokenClause> Broken => broken;
    /// <summary>What somebody must be allowed to see to select so.</summary>
    public IReadOnlySet<string> Permissions => permissions;

    /// <summary>Notes a permission that somebody needs to select by these values.</summary>
    internal void Need(string permission) => permissions.Add(permission);

    /// <summary>Notes the permissions that a selection needs, though it is not asked now.</summary>
    internal async Task Note(Chosen chosen, CancellationToken ct)
    {
        var before = broken.Count;
        await Where(chosen, ct);
        broken.RemoveRange(before, broken.Count - before);
    }

    /// <summary>
    /// Enters a selection that a condition names, such as a segment (<c>segment:12</c>); false if this selection is inside of it already,
    /// or too many are. <see cref="Leave"/> it afterwards.
    /// </summary>
    public bool Enter(string named) => within.Count < Segment.MaxDepth && within.Add(named);
    public void Leave(string named) => within.Remove(named);

    /// <summary>
    /// The ids of those who match, once each, without a look at the members; null if the conditions ask more of them. Wherever the members'
    /// table is named, PostgreSQL joins it and SQLite looks up each row of it, which costs more than all conditions.
    /// </summary>
    internal IQueryable<long>? Ids { get; private set; }
    /// <summary>Whose <see cref="Ids"/> are wanted.</summary>
    internal ClauseGroup? Counted { get; init; }

    /// <summary>The condition on members; null if anything in it is broken.</summary>
    public async Task<Expression<Func<Member, bool>>?> Where(Chosen chosen, CancellationToken ct)
    {
        if (chosen.IsEverybody) return m => true;
        if (chosen.Root.Depth <= ClauseGroup.MaxDepth && chosen.Conditions.Count() <= ClauseGroup.MaxConditions)
            return await Where(chosen.Root, (await MemberCondition.On(db, ct)).ToDictionary(c => c.Key), ct);
        broken.Add(new(chosen.Root, "conditions.broken.bounds"));
        return null;
    }

    async Task<Expression<Func<Member, bool>>?> Where(
        Clause clause,
        IReadOnlyDictionary<string, MemberCondition> known,
        CancellationToken ct
    )
    {
        if (clause is ConditionClause one)
        {
            var before = broken.Count;
            if (known.TryGetValue(one.Key, out var condition) && condition.Permission is { } needed) permissions.Add(needed);
            var found = condition is not null ? await condition.Predicate(one.Values, this, ct) : null;
            if (found is null && broken.Count == before)
                broken.Add(new(one, condition is null ? "conditions.broken.unknown" : condition.BrokenText));
            return found is not null && one.Not ? Not(found) : found;
        }
        var group = (ClauseGroup)clause;
        // An empty group has no meaning that everybody would agree on. The root without clauses is everybody, and does not come here.
        if (group.Clauses.Count == 0) broken.Add(new(group, "conditions.broken.empty"));
        var parts = new List<Expression<Func<Member, bool>>>();
        // All of them, so that everything that is broken is named.
        foreach (var inner in group.Clauses)
            if (await Where(inner, known, ct) is { } part) parts.Add(part);
        if (parts.Count < group.Clauses.Count || parts.Count == 0) return null;
        // PostgreSQL decides that by its statistics.
        if (group.Match is Combine.All && db.IsSqlite) parts = Narrowed(group, parts, known);
        if (group.Match is Combine.All && ReferenceEquals(group, Counted)) Ids = IdsOf(group, parts, known);
        // None is all of the complements: each then has its own NOT EXISTS, which either database answers from an index.
        if (group.Match is Combine.None) parts = parts.ConvertAll(Not);
        var member = parts[0].Parameters[0];
        var body = parts
            .Select(p => ReplacingExpressionVisitor.Replace(p.Parameters[0], member, p.Body))
            .Aggregate(group.Match is Combine.Any ? Expression.OrElse : Expression.AndAlso);
        return Expression.Lambda<Func<Member, bool>>(body, member);
    }

    /// <summary>
    /// The exact complement. A plain NOT is not, since EF turns !(a &gt; b) into a &lt;= b: where a is null, neither is true. EXISTS is
    /// never null.
    /// </summary>
    static Expression<Func<Member, bool>> Not(Expression<Func<Member, bool>> fits)
    {
        Expression body = fits.Body switch
        {
            MethodCallExpression { Method.Name: nameof(Queryable.Any) } any => Expression.Not(any),
            // NOT IN would be answered by a hash of everything that is in the list.
            MethodCallExpression { Method: { Name: nameof(Queryable.Contains) } method, Arguments: [var list, var item] }
                when method.DeclaringType == typeof(Queryable) => Expression.Not(Among(list, item)),
            var other => Expression.Equal(
                Expression.Condition(other, Expression.Constant(1), Expression.Constant(0)),
                Expression.Constant(0)
            ),
        };
        return Expression.Lambda<Func<Member, bool>>(body, fits.Parameters);
    }

    /// <summary>
    /// SQLite reads a set of ids as a whole before the members are looked up (IN). Beside a narrow one, a wide one is rather looked up for
    /// each member that is left (EXISTS).
    /// </summary>
    static List<Expression<Func<Member, bool>>> Narrowed(
        ClauseGroup group,
        List<Expression<Func<Member, bool>>> parts,
        IReadOnlyDictionary<string, MemberCondition> known
    )
    {
        bool IsWide(int i) => group.Clauses[i] is ConditionClause one && known[one.Key].IsWide(one.Values);
        if (!Enumerable.Range(0, parts.Count).Any(i => Set(parts[i]) is not null && !IsWide(i))) return parts;
        return
        [
            .. parts.Select((part, i) =>
                Set(part) is { } set && IsWide(i)
                    ? Expression.Lambda<Func<Member, bool>>(Among(set.Arguments[0], set.Arguments[1]), part.Parameters)
                    : part
            ),
        ];
    }

    /// <summary>The call that asks for a set of ids; null if the condition is something else.</summary>
    static MethodCallExpression? Set(Expression<Func<Member, bool>> part) =>
        part.Body is MethodCallExpression { Method.Name: nameof(Queryable.Contains), Arguments.Count: 2 } call
        && call.Method.DeclaringType == typeof(Queryable)
            ? call
            : null;

    /// <summary>
    /// The ids of one condition's set of which the others hold too. Only an attribute's values name each member once, and none that there
    /// is not.
    /// </summary>
    static IQueryable<long>? IdsOf(
        ClauseGroup group,
        List<Expression<Func<Member, bool>>> parts,
        IReadOnlyDictionary<string, MemberCondition> known
    )
    {
        var first = Enumerable.Range(0, parts.Count)
            .Where(i => Set(parts[i]) is not null && group.Clauses[i] is ConditionClause { Not: false } one
                && known[one.Key] is AttributeCondition { Attribute.Type: not AttributeType.ManyOf })
            .OrderBy(i => known[((ConditionClause)group.Clauses[i]).Key].IsWide(((ConditionClause)group.Clauses[i]).Values))
            .Cast<int?>().FirstOrDefault();
        if (first is null) return null;
        var ids = Expression.Lambda<Func<IQueryable<long>>>(Set(parts[first.Value])!.Arguments[0]).Compile(preferInterpretation: true)();
        foreach (var part in parts.Where((_, i) => i != first))
        {
            var alone = new IdAlone(part.Parameters[0]);
            var body = alone.Visit(part.Body);
            if (alone.AsksMore) return null;
            ids = ids.Where(Expression.Lambda<Func<long, bool>>(body, alone.Id));
        }
        return ids;
    }

    /// <summary>A condition on a member as one on the id, if it asks nothing else.</summary>
    sealed class IdAlone(ParameterExpression member) : ExpressionVisitor
    {
        public ParameterExpression Id { get; } = Expression.Parameter(typeof(long), "id");
        public bool AsksMore { get; private set; }

        protected override Expression VisitMember(MemberExpression node) =>
            node.Expression == member && node.Member.Name == nameof(Member.Id) ? Id : base.VisitMember(node);

        protected override Expression VisitParameter(ParameterExpression node)
        {
            AsksMore |= node == member;
            return node;
        }
    }

    static MethodCallExpression Among(Expression list, Expression item)
    {
        var one = Expression.Parameter(item.Type);
        return Expression.Call(
            typeof(Queryable),
            nameof(Queryable.Any),
            [item.Type],
            list,
            Expression.Quote(Expression.Lambda(Expression.Equal(one, item), one))
        );
    }
}
