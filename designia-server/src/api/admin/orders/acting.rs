//! What the staff does to an order: the same commands as everybody's, named as the dry run names them.

use axum::Json;
use axum::extract::State;
use designia_core::id::{OrderId, SellerId};
use designia_core::order::transition::Trigger;
use designia_core::order::{Actor, AllowedAction, Command, Tracking};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Explained;
use crate::app::App;
use crate::audit::{Deed, Doer};
use crate::http::extract::{Json as JsonBody, Path};
use crate::problem::{Code, Problem, ProblemBody};

/// How often an order's own outside calls are made at once after an action; the rest is left to the worker.
const EFFECTS_AT_ONCE: u32 = 16;

const LONGEST_REASON: usize = 1000;

/// What is to be done.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionBody {
    /// One of the order's `actions`.
    #[schema(example = "cancel")]
    pub(crate) action: String,
    /// The `version` of the order that was looked at. If it has changed since, nothing is done.
    #[schema(example = 3)]
    pub(crate) version: u32,
    /// Whose part, where the action is about one.
    #[serde(default)]
    pub(crate) seller_id: Option<Uuid>,
    /// Which refund, where the action is about one.
    #[serde(default)]
    pub(crate) refund: Option<u16>,
    /// Why. The buyer reads it where something is cancelled.
    #[serde(default)]
    #[schema(example = "the seller has closed the shop")]
    pub(crate) reason: String,
    /// Who carries it, where something is shipped.
    #[serde(default)]
    pub(crate) carrier: String,
    /// Under which number.
    #[serde(default)]
    pub(crate) tracking_number: String,
}

/// Carries out one of the order's `actions`.
#[utoipa::path(post, path = "/api/admin/orders/{id}/act/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")), request_body = ActionBody,
    responses((status = 200, body = Explained), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn act(
    State(app): State<App>,
    doer: Doer,
    Path(id): Path<Uuid>,
    JsonBody(body): JsonBody<ActionBody>,
) -> Result<Json<Explained>, Problem> {
    let id = OrderId::from_uuid(id);
    perform(&app, &doer, id, &body).await?;
    super::load(&app, id).await.map(Json)
}

/// Carries an action out, and says in the audit log who did.
pub(crate) async fn perform(app: &App, doer: &Doer, id: OrderId, body: &ActionBody) -> Result<(), Problem> {
    let detail = serde_json::to_value(body).map_err(Problem::internal)?;
    let action = body.action.parse::<Trigger>().map_or("act", Trigger::as_str);
    let deed = Deed::new(&format!("order.{action}")).about("order", id).because(&body.reason).with(detail);
    app.audit.keep(doer, deed, carry_out(app, id, body)).await
}

async fn carry_out(app: &App, id: OrderId, body: &ActionBody) -> Result<(), Problem> {
    let order = app.engine.ports().orders.load(id).await?.ok_or_else(|| Problem::not_found("order"))?;
    if order.version() != body.version {
        let told = "the order has changed since you looked at it; look again before you act";
        return Err(Problem::new(Code::Conflict, told));
    }
    let allowed = order.allowed_actions(Actor::Operator, app.engine.ports().clock.now());
    let wanted = allowed.into_iter().find(|it| is_wanted(it, body));
    let wanted = wanted.ok_or_else(|| Problem::field("action", "is none that the order allows now"))?;
    let command = filled_in(wanted.command, body)?;
    app.engine.command(id, &command, Actor::Operator).await?;
    // The provider is asked right away, so that the page after usually tells the end of it.
    if let Err(error) = app.engine.run_effects(Some(id), EFFECTS_AT_ONCE).await {
        tracing::warn!(order = %id, %error, "the effects of an action are left to the worker");
    }
    app.wake.effects();
    Ok(())
}

fn is_wanted(allowed: &AllowedAction, body: &ActionBody) -> bool {
    let (seller, refund) = match &allowed.command {
        Command::CancelConsignment { seller, .. }
        | Command::Prepare { seller, .. }
        | Command::Ship { seller, .. }
        | Command::Deliver { seller, .. } => (Some(*seller), None),
        Command::RetryRefund { refund } => (None, Some(refund.get())),
        Command::Cancel { .. } | Command::ReturnHeld | Command::AcceptHeld => (None, None),
        Command::StartPayment { .. } | Command::Tick => return false,
    };
    Trigger::of_command(&allowed.command).as_str() == body.action
        && seller == body.seller_id.map(SellerId::from_uuid)
        && refund == body.refund
}

/// The command with what somebody has to say in the place of what stood in for it.
fn filled_in(command: Command, body: &ActionBody) -> Result<Command, Problem> {
    let reason = || {
        let reason = body.reason.trim();
        match reason.chars().count() {
            0 => Err(Problem::field("reason", "must be given; it is told to the buyer")),
            1..=LONGEST_REASON => Ok(reason.to_owned()),
            _ => Err(Problem::field("reason", format!("must have at most {LONGEST_REASON} characters"))),
        }
    };
    Ok(match command {
        Command::Cancel { by, reason: _ } => Command::Cancel { by, reason: reason()? },
        Command::CancelConsignment { seller, by, reason: _ } => {
            Command::CancelConsignment { seller, by, reason: reason()? }
        }
        Command::Ship { seller, by, tracking: _ } => {
            let tracking = Tracking { carrier: body.carrier.clone(), number: body.tracking_number.clone() };
            Command::Ship { seller, by, tracking }
        }
        Command::StartPayment { .. }
        | Command::Prepare { .. }
        | Command::Deliver { .. }
        | Command::RetryRefund { .. }
        | Command::ReturnHeld
        | Command::AcceptHeld
        | Command::Tick => command,
    })
}
