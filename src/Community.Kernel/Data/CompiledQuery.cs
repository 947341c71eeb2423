using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Community.Kernel;

/// <summary>
/// A query of a page that everybody opens, compiled once (<c>EF.CompileAsyncQuery</c>): EF otherwise walks and compares its expression at
/// each call, which costs more than SQLite's answer. A compiled query belongs to a model, and a process may have several hosts, so one is
/// kept for each. Inside write <c>db.Set&lt;T&gt;()</c>: what is no method of EF cannot be translated there.
/// </summary>
/// <param name="compile">Calls <c>EF.CompileAsyncQuery</c>.</param>
public sealed class CompiledQuery<T>(Func<T> compile) where T : Delegate
{
    readonly ConditionalWeakTable<IModel, T> byModel = [];

    public T On(SiteDb db) => byModel.GetValue(db.Model, _ => compile());
}
