using System.Linq.Expressions;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// A number about the signed-in member that every page shows. It is asked with the session, in the same query: no page costs one more.
/// A form that is sent is answered by a redirect and does not ask; the page that is shown if something is wrong with it does.
/// </summary>
/// <param name="Ordinary">Of the member with this id.</param>
/// <param name="Wide">The same for members with <paramref name="Permission"/>, who may see more.</param>
/// <param name="Permission">Whose holders get <paramref name="Wide"/>.</param>
public sealed record MemberNumber(
    Expression<Func<SiteDb, long, int>> Ordinary,
    Expression<Func<SiteDb, long, int>> Wide,
    string Permission
)
{
    /// <summary>The number of this request's member; 0 for a visitor.</summary>
    public static int Of(HttpContext? http) => http?.Items[typeof(MemberNumber)] as int? ?? 0;

    /// <summary>Whether it was asked with the session.</summary>
    public static bool IsKnown(HttpContext http) => http.Items.ContainsKey(typeof(MemberNumber));

    /// <summary>Set once per request, by the authentication or by what shows the number.</summary>
    public static void Set(HttpContext http, int number) => http.Items[typeof(MemberNumber)] = number;

    readonly CompiledQuery<Func<SiteDb, long, Task<int>>> ordinary = new(() => EF.CompileAsyncQuery(Ordinary));
    readonly CompiledQuery<Func<SiteDb, long, Task<int>>> wide = new(() => EF.CompileAsyncQuery(Wide));

    /// <summary>Whether it is <see cref="Wide"/> that this member is shown.</summary>
    public bool IsWideFor(Reader reader) => reader.May(Permission);

    /// <summary>The member's number by a query of its own, for a page whose session came without it. 0 for a visitor.</summary>
    public Task<int> Ask(SiteDb db, Reader reader) =>
        reader.Id is { } member ? (IsWideFor(reader) ? wide : ordinary).On(db)(db, member) : Task.FromResult(0);

    /// <summary>The places in a query that <see cref="Fill{T}"/> replaces.</summary>
    public static int OrdinaryOf(SiteDb db, long member) => throw new InvalidOperationException($"Only in a query: {db}, {member}.");

    /// <inheritdoc cref="OrdinaryOf"/>
    public static int WideOf(SiteDb db, long member) => throw new InvalidOperationException($"Only in a query: {db}, {member}.");

    /// <summary>The query with the number's expressions in their places; with 0 if no module has a number.</summary>
    public static Expression<T> Fill<T>(Expression<T> query, MemberNumber? number) where T : Delegate =>
        (Expression<T>)new Filling(number).Visit(query);

    sealed class Filling(MemberNumber? number) : ExpressionVisitor
    {
        protected override Expression VisitMethodCall(MethodCallExpression node)
        {
            if (node.Method.DeclaringType != typeof(MemberNumber)) return base.VisitMethodCall(node);
            if (number is null) return Expression.Constant(0);
            var filled = node.Method.Name == nameof(OrdinaryOf) ? number.Ordinary : number.Wide;
            var values = filled.Parameters.Zip(node.Arguments).ToDictionary(p => p.First, p => Visit(p.Second));
            return new Putting(values).Visit(filled.Body);
        }
    }

    sealed class Putting(Dictionary<ParameterExpression, Expression> values) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => values.GetValueOrDefault(node, node);
    }
}
