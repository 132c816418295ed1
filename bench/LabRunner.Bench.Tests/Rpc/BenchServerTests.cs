using System.Reflection;
using LabRunner.Bench.Api;
using LabRunner.Bench.Rpc;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Tests.Rpc;

public sealed class BenchServerTests
{
    [Test]
    public async Task Call_OverTheSocket_ReturnsWhatTheBenchReturned()
    {
        RelayEdge[] edges = [new(TimeSpan.FromSeconds(1.5), true), new(TimeSpan.FromSeconds(2), false)];
        IBenchApi bench = ScriptedBench.Answering((method, _) => method == nameof(IBenchApi.GetRelayEdgesAsync) ? edges : throw new InvalidOperationException(method));
        await using BenchServer server = BenchServer.Start(bench);
        await using BenchClient client = await BenchClient.ConnectAsync(server.Path, CancellationToken.None);

        IReadOnlyList<RelayEdge> seen = await client.Api.GetRelayEdgesAsync("p1", TimeSpan.FromSeconds(1), CancellationToken.None);

        Assert.That(seen, Is.EqualTo(edges));
    }

    [Test]
    public async Task Call_WhenTheBenchFaults_RebuildsTheFault()
    {
        IBenchApi bench = ScriptedBench.Answering((_, _) => throw new BenchFaultException(FaultKind.Power, "slot p1", "no answer", "look at the relay"));
        await using BenchServer server = BenchServer.Start(bench);
        await using BenchClient client = await BenchClient.ConnectAsync(server.Path, CancellationToken.None);

        BenchFaultException? fault = await Assert.ThrowsAsync<BenchFaultException>(() => client.Api.SwitchPowerAsync("p1", true, CancellationToken.None));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fault!.Kind, Is.EqualTo(FaultKind.Power));
            Assert.That(fault.Place, Is.EqualTo("slot p1"));
            Assert.That(fault.Remedy, Is.EqualTo("look at the relay"));
        }
    }

    [Test]
    public async Task Call_WithAnUnknownSlot_RebuildsTheArgumentException()
    {
        IBenchApi bench = ScriptedBench.Answering((_, _) => throw new ArgumentException("no slot p9"));
        await using BenchServer server = BenchServer.Start(bench);
        await using BenchClient client = await BenchClient.ConnectAsync(server.Path, CancellationToken.None);

        ArgumentException? wrong = await Assert.ThrowsAsync<ArgumentException>(() => client.Api.ReadRelayAsync("p9", CancellationToken.None));

        Assert.That(wrong!.Message, Does.Contain("no slot p9"));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Disconnect_WhileAPartIsHeld_ReleasesIt(CancellationToken cancellationToken)
    {
        TaskCompletionSource<string> released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IBenchApi bench = ScriptedBench.Answering((method, arguments) =>
        {
            if (method == nameof(IBenchApi.ReleaseAsync))
            {
                released.SetResult((string)arguments[0]!);
            }

            return "token-7";
        });
        await using BenchServer server = BenchServer.Start(bench);
        await using (BenchClient client = await BenchClient.ConnectAsync(server.Path, cancellationToken))
        {
            await client.Api.AcquireAsync(BenchParts.Browser, cancellationToken);
        }

        Assert.That(await released.Task.WaitAsync(cancellationToken), Is.EqualTo("token-7"));
    }

    [Test]
    public async Task Connect_WhereNobodyListens_SaysSo()
    {
        BenchFaultException? fault = await Assert.ThrowsAsync<BenchFaultException>(
            () => BenchClient.ConnectAsync(Path.Combine(Path.GetTempPath(), "no-such.sock"), CancellationToken.None));

        Assert.That(fault!.Message, Does.Contain("no bench owner listens"));
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it at run time.")]
    private class ScriptedBench : DispatchProxy
    {
        private Func<string, object?[], object?> _answer = (_, _) => null;

        public static IBenchApi Answering(Func<string, object?[], object?> answer)
        {
            IBenchApi bench = Create<IBenchApi, ScriptedBench>();
            ((ScriptedBench)bench)._answer = answer;
            return bench;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            object? result = _answer(targetMethod!.Name, args!);
            return targetMethod.ReturnType == typeof(Task)
                ? Task.CompletedTask
                : typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(targetMethod.ReturnType.GetGenericArguments()[0]).Invoke(null, [result]);
        }
    }
}
