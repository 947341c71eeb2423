using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Community.Kernel;

/// <summary>
/// A query of a much-visited page, compiled once (<c>EF.CompileAsyncQuery</c>): otherwise EF walks and compares its expression tree on
/// each call, which costs more than SQLite's answer. A compiled query belongs to a model, and a process may run several hosts, so one is
/// kept per model. Inside it write <c>db.Set&lt;T&gt;()</c>: EF cannot translate our own methods and properties there.
/// </summary>
/// <param name="compile">Calls <c>EF.CompileAsyncQuery</c>.</param>
public sealed class CompiledQuery<T>(Func<SiteDb, T> compile) where T : Delegate
{
    public CompiledQuery(Func<T> compile) : this(_ => compile()) { }

    readonly ConditionalWeakTable<IModel, T> byModel = [];

    public T On(SiteDb db) => byModel.GetValue(db.Model, _ => compile(db));
}
