namespace Community.Kernel;

/// <summary>Where a menu entry stands.</summary>
public enum MenuPlace { Site, Staff }

/// <summary>An entry of a menu.</summary>
/// <param name="Place">The menu it stands in.</param>
/// <param name="Text">The key of its text.</param>
/// <param name="Url">Root-relative address.</param>
/// <param name="Permission">Shown only to who has it; null for everybody.</param>
/// <param name="Count">A component that says behind the text how much waits there, in the staff's menu.</param>
/// <param name="First">Stands before the entries of modules that come earlier: what the site is about.</param>
public sealed record MenuItem(MenuPlace Place, string Text, string Url, string? Permission = null, Type? Count = null, bool First = false);

/// <summary>A part that one module shows on a page of another.</summary>
/// <param name="Place">A name that the page gives the place, such as <c>home</c> or <c>staff.member</c>.</param>
/// <param name="Component">The component; it gets the page's parameters of that place.</param>
/// <param name="Permission">Shown only to who has it; null for everybody.</param>
public sealed record Panel(string Place, Type Component, string? Permission = null);
