using System.Reflection;
using LabRunner.Fixtures.Host;
using Microsoft.Testing.Platform.Builder;
using NUnit.VisualStudio.TestAdapter.TestingPlatformAdapter;

if (args is ["lab-host", ..])
{
    return await SuiteHost.RunAsync(Assembly.GetExecutingAssembly(), args);
}

ITestApplicationBuilder builder = await TestApplication.CreateBuilderAsync(args);
builder.AddNUnit(() => [Assembly.GetExecutingAssembly()]);
using ITestApplication application = await builder.BuildAsync();
return await application.RunAsync();
