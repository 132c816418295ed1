using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S11_MqttFaults;

/// <content>Taking the broker from the plug, and seeing that it was taken.</content>
public sealed partial class MqttFaults
{
    // Disturbances in a row that did nothing: then the bench cannot make them.
    private const int MostNotMade = 3;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    // Where it takes minutes: each look costs the plug a page.
    private static readonly TimeSpan SlowLook = TimeSpan.FromSeconds(5);

    // A black hole is made once: it takes minutes, and a plug that did not notice it has a longer keep-alive.
    private static async Task<double?> MadeAsync(int tries, TimeSpan length, Func<Task<double?>> outage)
    {
        while (true)
        {
            try
            {
                return await outage();
            }
            catch (NotNoticedException)
            {
                if (--tries == 0)
                {
                    Assert.Inconclusive($"Not made: {NotNoticed(length)}");
                    throw;
                }
            }
        }
    }

    private static string NotNoticed(TimeSpan length) =>
        $"the plug was connected all the {DurationText.Format(length)} (MQTT state and CONN of its page), so that nothing was done to it. A longer time, or a look at the network driver, would tell.";

    private async Task<double?> OutageAsync(string step, string what, NetworkEffect effect, TimeSpan length, List<string> failures, Func<Task>? meanwhile = null)
    {
        int? connects = (await SuiteContext.TryAsync<PlugPageState>(async () => await Lab.Plug.GetPageStateAsync(Lab.Token)))?.MqttConnects;
        double? took = await Lab.AttemptAsync(
            new DisturbanceName(step, what, "MQTT_DEAD", "F26"),
            async () =>
            {
                await Lab.Bench.DisturbAsync(Lab.Slot, effect, 0, Lab.Token);
                TimeSpan began = Lab.Now;
                bool noticed = await NoticesAsync(effect, connects, began + length);
                if (noticed && meanwhile is not null)
                {
                    await meanwhile();
                }

                await Lab.DelayUntilAsync(began + length);
                await Lab.Bench.LiftAsync(Lab.Slot, effect, Lab.Token);
                if (!noticed)
                {
                    await Lab.NotMadeAsync(step, began, ("what", what), ("why", "the plug was connected all the time"));
                    throw new NotNoticedException();
                }
            },
            IsConnectedAsync, Parameters.BackLimit, failures);
        if (took is not null)
        {
            await CheckCommandAsync(failures);
        }

        return took;
    }

    // A way that answers with resets resets a connection that stands only when the plug sends something: the acknowledgement of a message is
    // enough. In a black hole it waits for its own keep-alive.
    private async Task<bool> NoticesAsync(NetworkEffect effect, int? connects, TimeSpan until)
    {
        while (true)
        {
            if (effect != NetworkEffect.BrokerSilent)
            {
                await Lab.Bench.PublishAsync(Lab.Slot, $"{Lab.SlotFacts.MqttClient}/labrunner/get", "x", 0, false, Lab.Token);
            }

            await Lab.DelayAsync(effect == NetworkEffect.BrokerSilent ? SlowLook : Look);
            if (await SuiteContext.TryAsync<PlugPageState>(async () => await Lab.Plug.GetPageStateAsync(Lab.Token)) is not { } page)
            {
                // Whatever keeps the page away is for the judgement of the attempt; it is told only where it lasts.
                if (Lab.Now >= until)
                {
                    return true;
                }
            }
            else if (page.MqttConnected != true || (connects is not null && page.MqttConnects is not null && page.MqttConnects != connects))
            {
                return true;
            }
            else if (Lab.Now >= until)
            {
                return false;
            }
        }
    }

    /// <summary>The plug did not lose its connection, whatever was done: no trial of it.</summary>
    private sealed class NotNoticedException : Exception;
}
