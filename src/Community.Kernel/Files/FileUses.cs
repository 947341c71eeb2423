namespace Community.Kernel;

/// <summary>
/// The one answer to whether a file is used: by posts, their earlier versions and drafts, profiles, proofs of consent, imports, theme
/// settings, mailings, boards. Each module answers for its own places, also where its feature is off.
/// </summary>
public sealed class FileUses(SiteDb db, ModuleList modules)
{
    /// <summary>Which of the contents are used.</summary>
    /// <param name="hashes">See <see cref="StoredFile.Hash"/>.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<IReadOnlySet<string>> Of(IReadOnlyCollection<string> hashes, CancellationToken ct)
    {
        var (used, open) = (new HashSet<string>(), hashes.ToList());
        foreach (var module in modules.All)
        {
            if (open.Count == 0) break;
            used.UnionWith(await module.FilesInUse(db, open, ct));
            open.RemoveAll(used.Contains);
        }
        return used;
    }
}
