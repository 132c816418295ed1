using System.Text.Json.Serialization;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Benches;
using LabRunner.Station.Builds;
using LabRunner.Station.Images;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using LabRunner.Station.Logs;
using LabRunner.Station.Metrics;
using LabRunner.Station.Operations;
using LabRunner.Station.Page;
using LabRunner.Station.Runs;
using LabRunner.Station.Schedule;
using LabRunner.Station.Service;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station;

/// <summary>The station as a process has it: the bench's owner behind a web server.</summary>
public sealed class StationHost : IAsyncDisposable
{
    private const string HoldFile = ".station";
    private static readonly TimeSpan EndLimit = TimeSpan.FromMinutes(3);

    private readonly WebApplication _app;
    private readonly FileStream _lock;

    private StationHost(WebApplication app, FileStream held) => (_app, _lock) = (app, held);

    /// <summary>Where it listens, once it is started.</summary>
    public IReadOnlyList<string> Addresses => [.. _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];

    /// <summary>Its services, for tests.</summary>
    internal IServiceProvider Services => _app.Services;

    /// <summary>Starts a station. It opens the bench by itself, and again and again where it cannot.</summary>
    /// <exception cref="UsageException">The options would let strangers in, or do not fit together.</exception>
    /// <exception cref="FileProblemsException">The inventory cannot be used.</exception>
    /// <exception cref="BenchFaultException">Another station has the state folder, or an address cannot be listened on.</exception>
    public static Task<StationHost> StartAsync(StationOptions options, CancellationToken cancellationToken) =>
        StartAsync(options, new InventoryOpener(options.Bench, options.RunsFolder, new FirmwareHand(new BuildFiles(options.StateFolder)), options.TimeScale), cancellationToken);

    /// <summary>As above, with another way to open the bench.</summary>
    /// <param name="options">What to start it with.</param>
    /// <param name="opener">Opens the bench.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="clock">Time of schedule, leases and stamps; null: the machine's.</param>
    /// <param name="log">Takes the log's lines too; null: nobody.</param>
    internal static async Task<StationHost> StartAsync(
        StationOptions options, IBenchOpener opener, CancellationToken cancellationToken, TimeProvider? clock = null, ILoggerProvider? log = null)
    {
        Listening.Check(options);
        BenchFolders folders = BenchFolders.Find();
        BenchInventory inventory = InventoryLoader.Load(folders.InventoryFile(options.Bench), new DriverCatalogue(), null, folders.Boards);
        BenchFiles.RefuseScale(options.TimeScale, inventory);
        StationSchedule schedule = folders.ScheduleFile(options.Schedule, options.Bench) is { } file ? ScheduleLoader.Load(file, inventory, folders) : StationSchedule.None;
        FileStream held = Hold(options.StateFolder);
        WebApplication? app = null;
        try
        {
            app = Build(options, inventory, schedule, opener, clock ?? TimeProvider.System, log);
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            _ = app.Services.GetService<StationCertificate>()?.Current;
            if (options.Socket is { } socket)
            {
                StateFile.ForGroup(socket);
            }

            return new StationHost(app, held);
        }
        catch (Exception failure)
        {
            if (app is not null)
            {
                await app.DisposeAsync().ConfigureAwait(false);
            }

            await held.DisposeAsync().ConfigureAwait(false);
            if (failure is IOException or System.Net.Sockets.SocketException)
            {
                throw new BenchFaultException(FaultKind.Network, string.Join(", ", options.Listen), $"the station cannot listen there ({failure.Message.TrimEnd('.')})", "End what listens there, or choose another address with --listen", failure);
            }

            throw;
        }
    }

    /// <summary>Waits until it is told to end (Ctrl-C, SIGTERM), then makes the bench safe.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.Register(_app.Lifetime.StopApplication);
        TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration stopping = _app.Lifetime.ApplicationStopping.Register(over.SetResult);
        await over.Task.ConfigureAwait(false);
    }

    /// <summary>Ends it: a run rests until the next station, the bench is made safe, everything is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource limit = new(EndLimit, TimeProvider.System);
        await _app.StopAsync(limit.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        await _lock.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A station runs with this state folder.</summary>
    public static bool RunsWith(string stateFolder)
    {
        try
        {
            if (File.Exists(Path.Combine(stateFolder, HoldFile)))
            {
                new FileStream(Path.Combine(stateFolder, HoldFile), FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
            }

            return false;
        }
        catch (Exception held) when (held is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static FileStream Hold(string folder)
    {
        try
        {
            StateFile.MakeFolder(folder);
            return new FileStream(Path.Combine(folder, HoldFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, folder, $"another station has this folder, or it cannot be used ({failure.Message.TrimEnd('.')})", "End that station, or choose another folder with --state", failure);
        }
    }

    private static WebApplication Build(StationOptions options, BenchInventory inventory, StationSchedule schedule, IBenchOpener opener, TimeProvider clock, ILoggerProvider? log)
    {
        // Not the full builder: it would read files and variables of the current folder, and a station is what its command line says.
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.FormatterName = StationLogFormatter.FormatterName);
        builder.Logging.AddConsoleFormatter<StationLogFormatter, StationLogOptions>(log => (log.Style, log.IncludeScopes) = (options.Log, true));
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("LabRunner", LogLevel.Information);

        // A viewer who vanished is a stack trace there; what is refused is its own category.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Connections", LogLevel.Warning);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Listening.Set(kestrel, options, kestrel.ApplicationServices.GetService<StationCertificate>()));
        IServiceCollection services = builder.Services;
        services.ConfigureHttpJsonOptions(json =>
        {
            // A misspelt word of a request is refused: it would be an act that nobody asked for.
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter());
        });
        services.Configure<RouteHandlerOptions>(route => route.ThrowOnBadRequest = true);
        services.AddOpenApi("v1", Document.Configure);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = EndLimit);
        services.AddSingleton(clock);
        if (options.Listen.Any(l => l.Scheme == "https"))
        {
            services.AddSingleton(s => new StationCertificate(
                options.CertificateFile!, options.KeyFile!, clock, text => s.GetRequiredService<ILogger<StationCertificate>>().LogWarning("{Sentence}", text)));
        }

        services.AddSingleton(options);
        services.AddSingleton(inventory);
        services.AddSingleton(opener);
        services.AddSingleton(s => new TokenBook(options.StateFolder, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new AuditLog(options.StateFolder, text => s.GetRequiredService<ILogger<AuditLog>>().LogWarning("{Sentence}", text)));
        services.AddSingleton<Gate>();
        services.AddSingleton(s => new KeyBook(options.StateFolder, text => s.GetRequiredService<ILogger<KeyBook>>().LogWarning("{Sentence}", text)));
        services.AddSingleton<RefusalLog>();
        services.AddSingleton<ActionLog>();
        services.AddSingleton<StreamSeats>();
        services.AddSingleton<UploadSeats>();
        services.AddSingleton(_ => new JobBook(options.StateFolder));
        services.AddSingleton<JobFeed>();
        services.AddSingleton(s => new LeaseDesk(options.StateFolder, s.GetRequiredService<TimeProvider>(), StationDoor.Stem(options.Bench)));
        services.AddSingleton(_ => new RunShelf(options.RunsFolder));
        services.AddSingleton(s => new Chronicle(
            inventory.Name, options.WatchFolder, options.RunsFolder, text => s.GetRequiredService<ILogger<Chronicle>>().LogWarning("{Sentence}", text)));
        services.AddSingleton(s => new ConsoleKeeper(
            options, inventory.Slots.Where(slot => slot.Drivers.ContainsKey(Contracts.Console)).Select(slot => slot.Name), s.GetRequiredService<TimeProvider>(),
            text => s.GetRequiredService<ILogger<ConsoleKeeper>>().LogWarning("{Sentence}", text)));
        services.AddSchedule(options, schedule);
        services.AddSingleton<SlotHolds>();
        services.AddSingleton<Lending>();
        services.AddSingleton(s => new ImageShelf(options.StateFolder, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<BenchKeeper>();
        services.AddStationMetrics(inventory.Name);

        // Before the keeper: the services end in the other direction, and the watchdog is fed while the bench is made safe.
        services.AddSingleton<IKeeperSight>(s => s.GetRequiredService<BenchKeeper>());
        services.AddSingleton(SystemdWatchdog.Here());
        services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
        services.AddHostedService<SystemdLink>();
        services.AddSingleton<OperationDesk>();
        services.AddSingleton<FlashCopies>();
        services.AddHostedService(s => s.GetRequiredService<BenchKeeper>());
        services.StartSchedule();
        WebApplication app = builder.Build();
        app.Use(next => context => MetricsSetup.CountAsync(context, next));
        app.Use(AnswerProblemsAsync);
        app.UseWebSockets();
        app.UseRouting();
        Gate gate = app.Services.GetRequiredService<Gate>();
        ActionLog actions = app.Services.GetRequiredService<ActionLog>();
        app.Use(next => context => gate.PassAsync(context, known => actions.PassAsync(known, allowed => Gate.ServeAsync(allowed, next))));
        RouteGroup(app);
        return app;
    }

    private static void RouteGroup(WebApplication app)
    {
        Microsoft.AspNetCore.Routing.RouteGroupBuilder api = app.MapGroup("/api/v1");
        StationEndpoints.Map(api);
        SlotEndpoints.Map(api);
        ConsoleEndpoints.Map(api);
        JobEndpoints.Map(api);
        ScheduleSetup.Map(api);
        FirmwareEndpoints.Map(api);
        FlashEndpoints.Map(api);
        ProbeEndpoints.Map(api);
        OperationEndpoints.Map(api);
        app.MapOpenApi("/api/{documentName}/openapi.json").WithMetadata(new NeededRole(Role.Look));
        app.MapStationMetrics();
        PageFiles.Map(app);
    }

    private static async Task AnswerProblemsAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        catch (Exception failure)
        {
            if (await Problems.TryWriteAsync(context, failure).ConfigureAwait(false))
            {
                return;
            }

            context.RequestServices.GetRequiredService<ILogger<StationHost>>().LogError(failure, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
            if (!context.Response.HasStarted)
            {
                await Problems.WriteAsync(context, StatusCodes.Status500InternalServerError, "station", "The station failed", "This is a failure of LabRunner itself; the station's log has it.").ConfigureAwait(false);
            }
        }
    }
}
