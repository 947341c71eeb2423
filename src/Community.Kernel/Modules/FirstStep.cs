namespace Community.Kernel;

/// <summary>One thing that a new site's administrator does first, on the card of the staff's home.</summary>
/// <param name="Text">The key of its text; <c>{Text}.why</c> says in a sentence what for.</param>
/// <param name="Url">Where it is done.</param>
/// <param name="Permission">Shown only to who has it.</param>
/// <param name="IsDone">Asks what stands on the site, with one question that stops at the first row.</param>
public sealed record FirstStep(string Text, string Url, string Permission, Func<SiteDb, Task<bool>> IsDone);
