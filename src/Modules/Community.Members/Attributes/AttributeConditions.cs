namespace Community.Members;

/// <summary>The conditions on a site's attributes, one for each.</summary>
public static class AttributeConditions
{
    /// <summary>By identity: a condition outlives every change of the definition.</summary>
    public static string KeyOf(MemberAttribute attribute) =>
        "attribute." + attribute.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What staff need to select by it, or to see it in a preview.</summary>
    public static string? PermissionOf(MemberAttribute attribute) =>
        attribute.Visibility is Visibility.Personal ? MembersPermissions.Personal : null;
}
