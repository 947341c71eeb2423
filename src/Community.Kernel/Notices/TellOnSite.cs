namespace Community.Kernel;

/// <summary>
/// Tells staff on the site, by the bell, of something that a module has for them; in the open change. Replaces what was told of the same
/// before. Nothing where the site tells nobody. Who is no longer staff is not shown it.
/// </summary>
/// <param name="members">Their ids.</param>
/// <param name="what">The key of the sentence, in the module's texts. It holds no words of people.</param>
/// <param name="path">The page that it is about, such as <c>/staff/mailings/5</c>.</param>
/// <param name="ct">Cancels it.</param>
public delegate Task TellOnSite(IReadOnlyCollection<long> members, string what, string path, CancellationToken ct);

/// <summary>Ends what was told by <see cref="TellOnSite"/>: it no longer waits for anybody. In the open change.</summary>
/// <param name="what">The key of the sentence.</param>
/// <param name="path">The page.</param>
/// <param name="ct">Cancels it.</param>
public delegate Task EndTold(string what, string path, CancellationToken ct);
