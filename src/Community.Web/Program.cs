using Community.Web;

var app = CommunityHost.Build(args);
await CommunityHost.Prepare(app);
app.Lifetime.ApplicationStarted.Register(() => _ = Community.Web.Hosting.Welcome.Print(app));
await app.RunAsync();
