using Community.Sites;
using Community.Web;

if (CommandLine.Wants(args)) return await CommandLine.Run(args, CommunityHost.ForCommand);

// "--samples" is a switch; settings have values.
var app = CommunityHost.Build([.. args.Select(a => a == "--samples" ? "--Community:Samples=true" : a)]);
await CommunityHost.Prepare(app);
app.Lifetime.ApplicationStarted.Register(() => _ = Community.Web.Hosting.Welcome.Print(app));
await app.RunAsync();
return 0;
