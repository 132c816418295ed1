using System.Reflection;

namespace LabRunner.Bench.Rpc;

/// <summary>Forwards every call of an interface to another object and lets a subclass look at calls, results and failures.</summary>
/// <remarks>Needed on both ends of the bench's RPC: one place translates failures, whatever methods the interface gets.</remarks>
/// <typeparam name="T">Interface whose methods all return Task or Task&lt;T&gt;.</typeparam>
public abstract class ForwardingProxy<T> : DispatchProxy
    where T : class
{
    /// <summary>Where calls go.</summary>
    protected T Target { get; set; } = null!;

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        Type result = targetMethod.ReturnType;
        MethodInfo forward = result == typeof(Task)
            ? typeof(ForwardingProxy<T>).GetMethod(nameof(ForwardPlainAsync), BindingFlags.Instance | BindingFlags.NonPublic)!
            : typeof(ForwardingProxy<T>).GetMethod(nameof(ForwardAsync), BindingFlags.Instance | BindingFlags.NonPublic)!
                .MakeGenericMethod(result.GetGenericArguments()[0]);
        return forward.Invoke(this, [targetMethod, args]);
    }

    /// <summary>A call came back.</summary>
    protected virtual void Returned(MethodInfo method, object?[] arguments, object? result)
    {
    }

    /// <summary>A call failed; returns what the caller shall see instead.</summary>
    protected virtual Exception Failed(Exception failure) => failure;

    private Task<object?> ForwardPlainAsync(MethodInfo method, object?[] arguments) => ForwardAsync<object?>(method, arguments);

    private async Task<TResult> ForwardAsync<TResult>(MethodInfo method, object?[] arguments)
    {
        try
        {
            object task = method.Invoke(Target, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
            if (task is Task<TResult> typed)
            {
                TResult result = await typed.ConfigureAwait(false);
                Returned(method, arguments, result);
                return result;
            }

            await ((Task)task).ConfigureAwait(false);
            Returned(method, arguments, null);
            return default!;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Exception seen = Failed(failure);
            if (ReferenceEquals(seen, failure))
            {
                throw;
            }

            throw seen;
        }
    }
}
