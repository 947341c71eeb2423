using Community.Kernel;

namespace Community.Ui;

public static class UiPermissions
{
    /// <summary>Enter the staff pages at all. An entry of the staff's menu that names no permission asks for this one.</summary>
    public const string Staff = "staff.home";

    public static IEnumerable<Permission> All =>
        [new(Staff, Roles.Moderator, Roles.Mailer, Roles.Webmaster, Roles.Administrator, Roles.Operator)];
}
