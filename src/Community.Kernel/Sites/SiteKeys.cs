using System.Collections.Concurrent;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Binds everything protected (cookies, form tokens, mail links) to the site that protected it:
/// what one site signed is invalid on another, whatever the calling code does.
/// </summary>
public sealed class SiteKeys(IDataProtectionProvider root, CurrentSite current) : IDataProtectionProvider
{
    public IDataProtector CreateProtector(string purpose) => new Protector(root, current, [purpose]);

    sealed class Protector(IDataProtectionProvider root, CurrentSite current, string[] purposes) : IDataProtector
    {
        readonly ConcurrentDictionary<string, IDataProtector> bySite = new();

        // Middleware creates its protectors at start-up, so the site is looked up on each use.
        IDataProtector Now =>
            bySite.GetOrAdd(current.Site.Key + "/" + current.Site.Id, site => root.CreateProtector(["site", site, .. purposes]));

        public IDataProtector CreateProtector(string purpose) => new Protector(root, current, [.. purposes, purpose]);
        public byte[] Protect(byte[] plaintext) => Now.Protect(plaintext);
        public byte[] Unprotect(byte[] protectedData) => Now.Unprotect(protectedData);
    }
}

/// <summary>Keeps the key ring in the catalogue, where all nodes find it.</summary>
public sealed class CatalogueKeyRing(Databases databases) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var db = databases.OpenCatalogue();
        return [.. db.ProtectionKeys.AsNoTracking().AsEnumerable().Select(k => XElement.Parse(k.Xml))];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var db = databases.OpenCatalogue();
        db.ProtectionKeys.Add(new ProtectionKey { Name = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting) });
        db.SaveChanges();
    }
}
