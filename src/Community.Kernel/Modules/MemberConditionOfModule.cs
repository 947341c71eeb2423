namespace Community.Kernel;

/// <summary>
/// Something that members can be chosen by: in staff's search, and in the audience of a mailing. A module that refers to Members makes it
/// as Members' <c>MemberCondition&lt;T&gt;</c>.
/// </summary>
/// <param name="key">As it is kept with its values: <c>boards.posted</c>. Unique among all modules, and for ever.</param>
public abstract class MemberConditionOfModule(string key)
{
    public string Key => key;
}
