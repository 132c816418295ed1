using System.Reflection;
using LabRunner.Fixtures.Host;
using Microsoft.Testing.Platform.Builder;
using NUnit.VisualStudio.TestAdapter.TestingPlatformAdapter;

if (args is ["lab-host", ..])
{
    return await SuiteHost.RunAsync(Assembly.GetExecutingAssembly(), args);
}

// The test platform does not read RunSettingsFilePath; without settings of the caller's own, the suites run on the virtual bench.
if (!args.Contains("--settings"))
{
    args = [.. args, "--settings", Path.Combine(AppContext.BaseDirectory, "virtual.runsettings")];
}

ITestApplicationBuilder builder = await TestApplication.CreateBuilderAsync(args);
builder.AddNUnit(() => [Assembly.GetExecutingAssembly()]);
using ITestApplication application = await builder.BuildAsync();
return await application.RunAsync();
