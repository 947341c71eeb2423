using System.Reflection;
using System.Text.RegularExpressions;
using Community.Boards;
using Community.Members;
using Community.Sites;
using Community.Tests.Boards;
using Community.Tests.Files;
using Community.Themes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.House;

/// <summary>What a verb is called with: the services, who acts, and the ids of what is there.</summary>
public sealed record Call(IServiceProvider Services, Reader Actor, long Topic, long Board, long Member, long Group, long Report)
{
    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();
}

/// <summary>The verbs of a module, which lists them beside its tests: <see cref="ActTests"/> finds every class derived from this.</summary>
public abstract class ActsOfModule
{
    /// <summary>Each as <c>Class.Method</c>, with somebody who may do it, and a call of it.</summary>
    public abstract IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts { get; }
}

/// <summary>
/// Acts stand outside the pages, and each asks for its own permission: in its transaction, of the member as the database has it then.
/// </summary>
public sealed partial class ActTests(TestHost host)
{
    static readonly Assembly[] modules = [.. Community.Web.HostModules.All.Select(m => m.Assembly).Distinct()];

    static readonly ThemeSettings settings = new("plain", new Dictionary<string, string>());
    static readonly Guid form = Guid.NewGuid();
    static readonly RoleFields role = new(Translations.Of(_ => "Helper"), new HashSet<string> { BoardsPermissions.Moderate });
    static readonly MailKindFields kind = new(Translations.Of(_ => "New kind"), Translations.None);
    static readonly GroupFields group = new("New", "", Joining.Open);
    static readonly BoardFields fields =
        new("New", "new-board", "", default, default, default, default, new HashSet<long>(), new HashSet<long>());

    /// <summary>Every verb by name, somebody who may do it, and a call of it.</summary>
    static readonly Dictionary<string, (string Holder, Func<Call, Task> Do)> acts = new()
    {
        ["PublishPost.StartTopic"] = ("anna", c => c.Get<PublishPost>().StartTopic(c.Actor, "general", "T", "x", Guid.NewGuid(), default)),
        ["PublishPost.Reply"] = ("anna", c => c.Get<PublishPost>().Reply(c.Actor, c.Topic, 1, null, "x", Guid.NewGuid(), default)),
        ["ChangePost.Edit"] = ("anna", c => c.Get<ChangePost>().Edit(c.Actor, c.Topic, 1, "T", "x", null, default)),
        ["ChangePost.Replace"] = ("anna", c => c.Get<ChangePost>().Replace(c.Actor, form, "T", "x", default)),
        ["ChangePost.Delete"] = ("anna", c => c.Get<ChangePost>().Delete(c.Actor, c.Topic, 1, default)),
        ["ReportPost.Send"] = ("anna", c => c.Get<ReportPost>().Send(c.Actor, c.Topic, 1, null, "Bad", null, default)),
        ["MarkRead.Board"] = ("anna", c => c.Get<MarkRead>().Board(c.Actor, "general", new Horizon(1, 0, []), default)),
        ["Moderate.HidePost"] = ("mod", c => c.Get<Moderate>().HidePost(c.Actor, c.Topic, 1, "", default)),
        ["Moderate.RestorePost"] = ("mod", c => c.Get<Moderate>().RestorePost(c.Actor, c.Topic, 1, default)),
        ["Moderate.Pin"] = ("mod", c => c.Get<Moderate>().Pin(c.Actor, c.Topic, true, default)),
        ["Moderate.Archive"] = ("mod", c => c.Get<Moderate>().Archive(c.Actor, c.Topic, true, default)),
        ["Moderate.Lock"] = ("mod", c => c.Get<Moderate>().Lock(c.Actor, c.Topic, true, default)),
        ["Moderate.HideTopic"] = ("mod", c => c.Get<Moderate>().HideTopic(c.Actor, c.Topic, "", default)),
        ["Moderate.RestoreTopic"] = ("mod", c => c.Get<Moderate>().RestoreTopic(c.Actor, c.Topic, default)),
        ["Moderate.Move"] = ("mod", c => c.Get<Moderate>().Move(c.Actor, c.Topic, "lounge", default)),
        ["Moderate.Dismiss"] = ("mod", c => c.Get<Moderate>().Dismiss(c.Actor, c.Report, default)),
        ["Moderate.Reopen"] = ("mod", c => c.Get<Moderate>().Reopen(c.Actor, c.Report, default)),
        ["SaveBoard.Create"] = ("admin", c => c.Get<SaveBoard>().Create(c.Actor, fields, new(), default)),
        ["SaveBoard.Change"] = ("admin", c => c.Get<SaveBoard>().Change(c.Actor, c.Board, fields, null, new(), default)),
        ["OrderBoards.Move"] = ("admin", c => c.Get<OrderBoards>().Move(c.Actor, c.Board, false, default)),
        ["EndBoard.Archive"] = ("admin", c => c.Get<EndBoard>().Archive(c.Actor, c.Board, true, default)),
        ["BoardModerators.Set"] = (
            "admin",
            c => c.Get<BoardModerators>().Set(c.Actor, c.Member, new HashSet<long> { c.Board }, default)
        ),
        ["BoardModerators.Appoint"] = ("admin", c => c.Get<BoardModerators>().Appoint(c.Actor, c.Board, c.Member, true, default)),
        ["Memberships.Join"] = ("anna", c => c.Get<Memberships>().Join(c.Actor, c.Group, "", default)),
        ["Memberships.Leave"] = ("anna", c => c.Get<Memberships>().Leave(c.Actor, c.Group, default)),
        ["Memberships.Decide"] = ("mod", c => c.Get<Memberships>().Decide(c.Actor, c.Group, c.Member, true, default)),
        ["Memberships.Admit"] = ("admin", c => c.Get<Memberships>().Admit(c.Actor, c.Group, c.Member, default)),
        ["Memberships.Lead"] = ("admin", c => c.Get<Memberships>().Lead(c.Actor, c.Group, c.Member, true, default)),
        ["Memberships.LiftExclusion"] = ("admin", c => c.Get<Memberships>().LiftExclusion(c.Actor, c.Group, c.Member, default)),
        ["Memberships.TakeOut"] = ("admin", c => c.Get<Memberships>().TakeOut(c.Actor, c.Group, c.Member, default)),
        ["Memberships.Set"] = ("admin", c => c.Get<Memberships>().Set(c.Actor, c.Member, [c.Group], default)),
        ["SaveGroup.Create"] = ("admin", c => c.Get<SaveGroup>().Create(c.Actor, "new-group", group, new(), default)),
        ["SaveGroup.Change"] = ("admin", c => c.Get<SaveGroup>().Change(c.Actor, c.Group, group, null, new(), default)),
        ["SaveGroup.Delete"] = ("admin", c => c.Get<SaveGroup>().Delete(c.Actor, c.Group, default)),
        ["ChangeProfile.Save"] = ("anna", c => c.Get<ChangeProfile>().Save(c.Actor, "New", "", null, AttributeForm.None, new(), default)),
        ["ChangePassword.Of"] = ("anna", c => c.Get<ChangePassword>().Of(c.Actor, "another good one", new())),
        ["ChangePicture.To"] = ("anna", c => c.Get<ChangePicture>().To(c.Actor, new MemoryStream(PictureBytes.Png()), default)),
        ["ChangePicture.ToNone"] = ("anna", c => c.Get<ChangePicture>().ToNone(c.Actor, default)),
        ["CorrectMember.Save"] = (
            "admin",
            c => c.Get<CorrectMember>().Save(c.Actor, c.Member, "New", null, null, null, null, AttributeForm.None, null, new(), default)
        ),
        ["MemberRoles.Give"] = ("admin", c => c.Get<MemberRoles>().Give(c.Actor, c.Member, Roles.Moderator)),
        ["MemberRoles.Suspend"] = ("mod", c => c.Get<MemberRoles>().Suspend(c.Actor, c.Member, "Why")),
        ["MemberRoles.Lift"] = ("mod", c => c.Get<MemberRoles>().Lift(c.Actor, c.Member)),
        ["MemberRoles.SignOut"] = ("mod", c => c.Get<MemberRoles>().SignOut(c.Actor, c.Member, null)),
        ["SecondFactors.AddAuthenticator"] = ("anna", c => c.Get<SecondFactors>().AddAuthenticator(c.Actor, "x", "123456")),
        ["SecondFactors.NewCodes"] = ("anna", c => c.Get<SecondFactors>().NewCodes(c.Actor)),
        ["SecondFactors.SwitchOff"] = ("anna", c => c.Get<SecondFactors>().SwitchOff(c.Actor, TestSite.Password)),
        ["SecondFactors.SwitchOn"] = ("anna", c => c.Get<SecondFactors>().SwitchOn(c.Actor)),
        ["ConnectProvider.Connect"] = (
            "anna",
            c => c.Get<ConnectProvider>().Connect(c.Actor, new(1, "https://idp.example", "x", null, false, null))
        ),
        ["ConnectProvider.Disconnect"] = ("anna", c => c.Get<ConnectProvider>().Disconnect(c.Actor, 1)),
        ["SaveProvider.Save"] = ("admin", c => c.Get<SaveProvider>().Save(c.Actor, null, ProviderKind.Google, new(), new())),
        ["SaveProvider.Remove"] = ("admin", c => c.Get<SaveProvider>().Remove(c.Actor, 1)),
        ["Passkeys.Add"] = ("anna", c => c.Get<Passkeys>().Add(c.Actor, "x", "x", "x", "x")),
        ["Passkeys.Rename"] = ("anna", c => c.Get<Passkeys>().Rename(c.Actor, 1, "x")),
        ["Passkeys.Remove"] = ("anna", c => c.Get<Passkeys>().Remove(c.Actor, 1)),
        ["LiftSuppression.Of"] = ("admin", c => c.Get<LiftSuppression>().Of(c.Actor, c.Member, "asked")),
        ["EmailChanges.Ask"] = ("anna", c => c.Get<EmailChanges>().Ask(c.Actor, EmailAddress.Parse("n@example.com"))),
        ["EmailChanges.Withdraw"] = ("anna", c => c.Get<EmailChanges>().Withdraw(c.Actor)),
        ["EmailChanges.ConfirmByStaff"] = ("admin", c => c.Get<EmailChanges>().ConfirmByStaff(c.Actor, c.Member, 1, "met")),
        ["SecondFactors.ResetByStaff"] = ("admin", c => c.Get<SecondFactors>().ResetByStaff(c.Actor, c.Member, "met")),
        ["ProveAgain.WithProvider"] = ("anna", c => c.Get<ProveAgain>().WithProvider(c.Actor)),
        ["ProveAgain.With"] = ("anna", c => c.Get<ProveAgain>().With(c.Actor, new(SignInMethod.Password, TestSite.Password))),
        ["Registration.ByStaff"] = ("admin", c => c.Get<Registration>().ByStaff(c.Actor, "New", EmailAddress.Parse("n@example.com"), null)),
        ["Registration.SendByStaff"] = ("admin", c => c.Get<Registration>().SendByStaff(c.Actor, c.Member)),
        ["Registration.ConfirmByStaff"] = ("admin", c => c.Get<Registration>().ConfirmByStaff(c.Actor, c.Member)),
        ["Consents.StopByStaff"] = ("admin", c => c.Get<Consents>().StopByStaff(c.Actor, c.Member, default)),
        ["SaveMailKind.Create"] = ("admin", c => c.Get<SaveMailKind>().Create(c.Actor, kind, new())),
        ["SaveMailKind.Change"] = ("admin", c => c.Get<SaveMailKind>().Change(c.Actor, 1, kind, null, new())),
        ["SaveMailKind.Move"] = ("admin", c => c.Get<SaveMailKind>().Move(c.Actor, 1, false)),
        ["SaveMailKind.End"] = ("admin", c => c.Get<SaveMailKind>().End(c.Actor, 1, true)),
        ["RecordPaper.Of"] = ("admin", c => c.Get<RecordPaper>().Of(c.Actor, c.Member, new(1, new(2026, 1, 2), "Shop", "Yes"), new())),
        ["AskAddresses.Ask"] = (
            "admin",
            c => c.Get<AskAddresses>().Ask(c.Actor, new("Fair", new(2026, 1, 2), "x@example.org", new HashSet<long> { 1 }), new())
        ),
        ["SaveRole.Create"] = ("admin", c => c.Get<SaveRole>().Create(c.Actor, role, new())),
        ["SaveRole.Change"] = ("admin", c => c.Get<SaveRole>().Change(c.Actor, Roles.Moderator, role, null, new())),
        ["SaveRole.Delete"] = ("admin", c => c.Get<SaveRole>().Delete(c.Actor, Roles.Moderator)),
        ["EventLinks.Make"] = ("admin", c => c.Get<EventLinks>().Make(c.Actor, 12)),
        ["FailedWork.SendAgain"] = ("admin", c => c.Get<FailedWork>().SendAgain(c.Actor, 1, default)),
        ["FailedWork.SendAllAgain"] = ("admin", c => c.Get<FailedWork>().SendAllAgain(c.Actor, default)),
        ["FailedWork.DiscardMail"] = ("admin", c => c.Get<FailedWork>().DiscardMail(c.Actor, 1, default)),
        ["FailedWork.RunAgain"] = ("admin", c => c.Get<FailedWork>().RunAgain(c.Actor, 1, default)),
        ["FailedWork.DiscardWork"] = ("admin", c => c.Get<FailedWork>().DiscardWork(c.Actor, 1, default)),
        ["FailedWork.RetryEvent"] = ("admin", c => c.Get<FailedWork>().RetryEvent(c.Actor, "x", default)),
        ["FailedWork.SkipEvent"] = ("admin", c => c.Get<FailedWork>().SkipEvent(c.Actor, "x", default)),
        ["PutAwayFirstSteps.Do"] = ("admin", c => c.Get<PutAwayFirstSteps>().Do(c.Actor, default)),
        ["ChangeTheme.Publish"] = ("web", c => c.Get<ChangeTheme>().Publish(c.Actor, settings, 0, default)),
        ["ChangeTheme.KeepLogo"] = ("web", c => c.Get<ChangeTheme>().KeepLogo(c.Actor, new MemoryStream(PictureBytes.Png()), default)),
        ["ThemePreview.Begin"] = ("web", c => c.Get<ThemePreview>().Begin(c.Actor, settings, default)),
        ["ThemePreview.End"] = ("anna", c => c.Get<ThemePreview>().End(c.Actor, default)),
        ["CreateSite.From"] = ("operator", c => c.Get<CreateSite>().From(c.Actor, null!)),
        ["ChangeSite.WithKey"] = ("operator", c => c.Get<ChangeSite>().WithKey(c.Actor, "a", new(), null, default)),
        ["SuspendSite.WithKey"] = ("operator", c => c.Get<SuspendSite>().WithKey(c.Actor, "a", default)),
        ["SuspendSite.Resume"] = ("operator", c => c.Get<SuspendSite>().Resume(c.Actor, "a", default)),
        ["ChangeDestinationRule.Save"] = ("operator", c => c.Get<ChangeDestinationRule>().Save(
            c.Actor, new() { Name = "x", Patterns = ["x.example"] }, 0, default)),
        ["ChangeDestinationRule.Remove"] = ("operator", c => c.Get<ChangeDestinationRule>().Remove(c.Actor, "x", 1, default)),
        ["DrainDelivery.Set"] = ("operator", c => c.Get<DrainDelivery>().Set(c.Actor, "one", true, default)),
        ["DeleteSite.WithKey"] = ("operator", c => c.Get<DeleteSite>().WithKey(c.Actor, "a", default)),
        ["EndBoard.Delete"] = ("admin", c => c.Get<EndBoard>().Delete(c.Actor, c.Board, default)),
    };

    static ActTests()
    {
        foreach (var type in typeof(ActTests).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ActsOfModule))))
            foreach (var (name, holder, act) in ((ActsOfModule)Activator.CreateInstance(type)!).Acts) acts.Add(name, (holder, act));
    }

    [Fact]
    public async Task Whoever_has_not_the_right_is_refused_by_the_act_itself()
    {
        var site = await host.NewSite();
        var there = await Begin(site);
        var anna = await site.Reader("anna");
        foreach (var (name, (holder, act)) in acts)
            await Refuses(site, name, act, there with { Actor = holder == "anna" ? Reader.Visitor : anna });
    }

    [Fact]
    public async Task A_right_that_was_withdrawn_a_moment_before_is_none()
    {
        var site = await host.NewSite();
        var there = await Begin(site);
        var holders = new Dictionary<string, Reader>();
        foreach (var holder in acts.Values.Select(a => a.Holder).Distinct())
            // Somebody who was an operator and is none now: the console has no such member.
            holders[holder] = holder == "operator"
                ? Reader.Visitor with { Id = long.MaxValue, Permissions = new HashSet<string> { SitesPermissions.Manage } }
                : await site.Reader(holder);
        var before = await site.Db(db => db.Audit.CountAsync());
        var now = host.Clock.Now;
        await site.Db(db => db.Members.Where(m => m.Role != null).ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, (string?)null)));
        await site.Db(db => db.Members.Where(m => m.Id == holders["anna"].Id)
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.SuspendedAt, now)));
        foreach (var (name, (holder, act)) in acts) await Refuses(site, name, act, there with { Actor = holders[holder] });
        Assert.Equal(before, await site.Db(db => db.Audit.CountAsync()));
    }

    [Fact]
    public async Task Whoever_left_a_group_meanwhile_writes_no_more_where_the_group_does()
    {
        var site = await host.NewSite();
        var carla = await site.Reader("carla");
        await site.Db(db => db.GroupMemberships.Where(g => g.MemberId == carla.Id).ExecuteDeleteAsync());
        Assert.Null(
            await site.With<PublishPost, Published?>(p => p.StartTopic(carla, "inner", "Late", "Words", Guid.NewGuid(), default))
        );
    }

    [Fact]
    public void Every_verb_is_among_those_tested_here() =>
        Assert.Equal(
            modules
                .SelectMany(m => m.GetTypes())
                .Where(t =>
                    t != typeof(Operators)
                    && t.GetConstructors()
                        .Any(c => c.GetParameters().Any(p => p.ParameterType == typeof(Actors) || p.ParameterType == typeof(Operators)))
                )
                .SelectMany(t =>
                    t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                        .Where(m => m.GetParameters() is [{ Name: "actor" }, ..])
                        .Select(m => $"{t.Name}.{m.Name}")
                )
                .Distinct()
                .Order(),
            acts.Keys.Order()
        );

    /// <summary>What a page does, an API or a mail could not do. It calls a verb, which is a class.</summary>
    [Fact]
    public void No_page_and_no_endpoint_saves()
    {
        var saving = new Dictionary<string, string[]>();
        foreach (var file in Sources())
        {
            var text = File.ReadAllText(file);
            if (Saves().Matches(text) is { Count: > 0 } found)
                saving[Path.GetFileName(file)] = [.. found.Select(m => m.Value)];
        }
        Assert.Equal([], saving.Select(s => $"{s.Key}: {string.Join(", ", s.Value)}"));
    }

    static IEnumerable<string> Sources() =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/") && (f.EndsWith(".razor") || f.EndsWith("Endpoints.cs")));

    [GeneratedRegex(
        @"\bSaveChanges\w*|\.Commit\(|\bExecute(?:Update|Delete)\w*|\b[Dd]b\.Change(?:<\w+>)?\(|\b[Dd]b\.(?:Add|Remove|Update)(?:Range)?\("
            + @"|\b[Dd]b\.\w+\.(?:Add|Remove|Update)(?:Range)?\(|\b[Dd]b\.(?:Publish|Send|Touch)\("
            + @"|\b[Aa]udit\.(?:Did|Changed)\("
    )]
    private static partial Regex Saves();

    static async Task Refuses(TestSite site, string name, Func<Call, Task> act, Call call)
    {
        try
        {
            await site.With<IServiceProvider, int>(async services =>
            {
                await act(call with { Services = services });
                return 0;
            });
            Assert.Fail($"{name} was done");
        }
        catch (Denied) { }
    }

    static async Task<Call> Begin(TestSite site)
    {
        var anna = await site.Reader("anna");
        var topic = (
            await site.With<PublishPost, Published?>(p => p.StartTopic(anna, "general", "There", "Words", form, default))
        )!.TopicId;
        return await site.Db(async db => new Call(
            null!,
            Reader.Visitor,
            topic,
            await db.Boards.Where(b => b.Key == "general").Select(b => b.Id).SingleAsync(),
            await db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync(),
            await db.Groups.Where(g => g.Key == "circle").Select(g => g.Id).SingleAsync(),
            1
        ));
    }
}
