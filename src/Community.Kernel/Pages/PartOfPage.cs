using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// A component that asks the database beside others on the same page. Components of a page load at the same time, and one
/// <see cref="SiteDb"/> answers one question at a time (PostgreSQL shows it, SQLite hides it): so each part has its own.
/// The page itself keeps the request's.
/// </summary>
public abstract class PartOfPage : OwningComponentBase
{
    SiteDb? db;

    protected SiteDb Db => db ??= Own<SiteDb>();

    /// <summary>A service that works on this part's <see cref="Db"/>.</summary>
    protected T Own<T>() where T : notnull => ScopedServices.GetRequiredService<T>();
}
