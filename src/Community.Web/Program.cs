using Community.Web;

var app = CommunityHost.Build(args);
await CommunityHost.Prepare(app);
await app.RunAsync();
