namespace Community.Kernel;

/// <summary>A first step for a new site's administrator, shown on the card of the staff home page.</summary>
/// <param name="Text">The key of its text; <c>{Text}.why</c> says in a sentence what it is for.</param>
/// <param name="Url">The page on which it is done.</param>
/// <param name="Permission">Shown only to those who have it.</param>
/// <param name="IsDone">Checks the site's data with one query that stops at the first row.</param>
public sealed record FirstStep(string Text, string Url, string Permission, Func<SiteDb, Task<bool>> IsDone);
